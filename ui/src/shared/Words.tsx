import { Fragment } from 'react';

// What a sentence of the engine names exactly: what it quotes by backticks, links, paths, hosts and addresses with or
// without a port, positions in the server's log, and names with an underscore.
const EXACT =
  /(`[^`]+`|https?:\/\/[\w-]+(?:\.[\w-]+)*(?::\d+)?(?:\/[\w-]+(?:\.[\w-]+)*)*|(?:[\w-]+\/)+[\w-]+(?:\.[\w-]+)+|(?:\/[\w.-]+){2,}|(?:[\w-]+\.)+[a-z]{2,}\w*(?::\d+)?|\d+(?:\.\d+){3}(?::\d+)?|LSN [0-9A-F]+\/[0-9A-F]+|[a-z0-9]+(?:_[a-z0-9]+)+)/g;

/** A sentence with its exact names in the monospace font. */
export function Words({ text }: { text: string }) {
  return (
    <>
      {text.split(EXACT).map((part, index) =>
        // Splitting by a group puts what matched at the odd places.
        index % 2 === 1 ? (
          <code key={`${index} ${part}`}>{part.replaceAll('`', '')}</code>
        ) : (
          <Fragment key={`${index} ${part}`}>{part}</Fragment>
        ),
      )}
    </>
  );
}
