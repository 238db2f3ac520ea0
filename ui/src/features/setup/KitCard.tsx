import { BrandMark } from '../../shared/BrandMark';
import { fullDay } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { useNow } from '../../shared/useNow';
import css from './WelcomePage.module.css';

/** The kit as it will be on paper, its last group left out. */
export function KitCard({ name, groups }: { name: string; groups: readonly string[] }) {
  const now = useNow();
  return (
    <figure className={css.kit} aria-label="Recovery kit">
      <div className={css.kitHead}>
        <span>
          <BrandMark size="1rem" />
          <b>Recovery kit</b>
        </span>
        <small>
          vault {name}, {fullDay(now)}
        </small>
      </div>
      <div className={css.keys}>
        {groups.map((group, index) => (
          <span key={`${index}-${group}`}>{group}</span>
        ))}
        <span>
          <span aria-hidden="true">····</span>
          <span className="sr-only">the last group is in the saved kit only</span>
        </span>
      </div>
      <Text as="figcaption" tone="quiet" size="xs" leading={1.4}>
        With the address of the vault and the commands that open it without Holdfast.
      </Text>
    </figure>
  );
}
