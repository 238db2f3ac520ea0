import { createElement, type ComponentPropsWithRef, type CSSProperties, type JSX } from 'react';

import css from './Layout.module.css';

type Tag = keyof JSX.IntrinsicElements;

/** A length in steps of 4 px, as `--space-1` is one; two of them are of the rows and of the columns. */
type Steps = number | readonly [number, number];

interface Looks {
  /** Margins above and below. */
  top?: number;
  bottom?: number;
  /** Room within it, above and below. */
  pad?: number;
  /** A line over it, or under it. */
  ruled?: 'over' | 'under' | 'underSoft';
  /** The greatest width, in `rem`. */
  max?: number;
  tone?: 'plain' | 'soft' | 'quiet' | 'warn' | 'danger';
  size?: 'xs' | 'sm' | 'md' | 'lg' | 'xl';
  weight?: 'regular' | 'medium' | 'strong';
  leading?: number;
  right?: boolean;
  /** Breaks inside a word rather than grow too wide. */
  breaks?: boolean;
  /** Ends in an ellipsis rather than grow too wide. */
  clip?: boolean;
  oneLine?: boolean;
  /** In a row: takes the room that is left; may be narrower than its words; is never narrower. */
  fills?: boolean;
  shrinks?: boolean;
  keeps?: boolean;
  /** Figures of the same width, which can be compared below each other. */
  figures?: boolean;
}

/** A part has no classes of its caller: what needs one is no part. */
type PartProps<T extends Tag, Own> = { as?: T } & Looks &
  Own &
  Omit<ComponentPropsWithRef<T>, keyof Looks | keyof Own | 'className' | 'style'>;

const rem = (steps: number) => `${steps * 0.25}rem`;
const signOf = (sign: number | undefined) => (sign === undefined ? undefined : rem(sign));
const gapOf = (gap: Steps) => (typeof gap === 'number' ? rem(gap) : gap.map(rem).join(' '));

/** Draws a part of its own classes and lengths, and of what all of them may have. */
function part<T extends Tag>(
  tag: Tag,
  own: readonly (string | false | undefined)[],
  lengths: Readonly<Record<string, string | undefined>>,
  props: Looks & ComponentPropsWithRef<T>,
) {
  const { top, bottom, pad, ruled, max, tone, size, weight, leading, ...more } = props;
  const { right, breaks, clip, oneLine, fills, shrinks, keeps, figures, ...rest } = more;
  const classes = [
    ...own,
    top !== undefined && css.top,
    bottom !== undefined && css.bottom,
    pad !== undefined && css.pad,
    ruled && css[ruled],
    max !== undefined && css.max,
    tone && css[tone],
    size && css[size],
    weight && css[weight],
    leading !== undefined && css.leading,
    right && css.right,
    breaks && css.breaks,
    clip && css.clip,
    oneLine && css.oneLine,
    fills && css.fills,
    shrinks && css.shrinks,
    keeps && css.keeps,
    figures && css.figures,
  ];
  const style = {
    ...lengths,
    '--part-top': top === undefined ? undefined : rem(top),
    '--part-bottom': bottom === undefined ? undefined : rem(bottom),
    '--part-pad': pad === undefined ? undefined : rem(pad),
    '--part-max': max === undefined ? undefined : `${max}rem`,
    '--part-leading': leading,
  };
  return createElement(tag, {
    ...rest,
    className: classes.filter(Boolean).join(' '),
    style: style as CSSProperties,
  });
}

interface Signed {
  /** A sign stands before the words, so much lower than their upper edge. */
  sign?: number;
}

interface Stacking extends Signed {
  gap: Steps;
  /** So many columns of the same width, or the widths of each; absent where there is one, as wide as what is in it. */
  columns?: number | string;
  align?: 'center' | 'start' | 'end';
}

/** One below the other, with the same space between them; beside each other too, where there are columns. */
export function Stack<T extends Tag = 'div'>(props: PartProps<T, Stacking>) {
  const { as, gap, columns, align, sign, ...rest } = props;
  const widths = typeof columns === 'number' ? `repeat(${columns}, minmax(0, 1fr))` : columns;
  const own = [
    css.stack,
    columns !== undefined && css.columns,
    align && css[align],
    sign !== undefined && css.sign,
  ];
  const lengths = { '--part-gap': gapOf(gap), '--part-columns': widths, '--part-sign': signOf(sign) };
  return part<T>(as ?? 'div', own, lengths, rest as Looks & ComponentPropsWithRef<T>);
}

interface Rowing extends Signed {
  gap: Steps;
  /** How they stand to each other where one is higher. */
  align?: 'center' | 'start' | 'end' | 'baseline' | 'stretch';
  /** Where the room goes that is left. */
  justify?: 'between' | 'end';
  /** Goes on in the next line where the room ends. */
  wraps?: boolean;
  /** As wide as what is in it. */
  inline?: boolean;
}

/** Beside each other. */
export function Row<T extends Tag = 'div'>(props: PartProps<T, Rowing>) {
  const { as, gap, align = 'center', justify, wraps, inline, sign, ...rest } = props;
  const own = [
    css.row,
    inline && css.inline,
    wraps && css.wraps,
    align !== 'stretch' && css[align],
    justify === 'between' ? css.between : justify === 'end' && css.atEnd,
    sign !== undefined && css.sign,
  ];
  const lengths = { '--part-gap': gapOf(gap), '--part-sign': signOf(sign) };
  return part<T>(as ?? 'div', own, lengths, rest as Looks & ComponentPropsWithRef<T>);
}

/** Words that need no more than a place and a look; a block of their own where they stand in a line. */
export function Text<T extends Tag = 'p'>({ as, block, ...rest }: PartProps<T, { block?: boolean }>) {
  return part<T>(as ?? 'p', [block && css.block], {}, rest as Looks & ComponentPropsWithRef<T>);
}

/** Anything that needs only room around it. */
export function Block<T extends Tag = 'div'>({ as, ...rest }: PartProps<T, object>) {
  return part<T>(as ?? 'div', [], {}, rest as Looks & ComponentPropsWithRef<T>);
}

/** A list with a dot before each. */
export function Bullets({ ...rest }: PartProps<'ul', object>) {
  return part<'ul'>('ul', [css.bullets], {}, rest);
}

/** A field, and the button that belongs to it. */
export function FieldRow({ ...rest }: PartProps<'div', object>) {
  return part<'div'>('div', [css.fields], {}, rest);
}

interface Aside {
  /** How wide the second column is, in `rem`. */
  width: number;
  gap: number;
  /** Between the two where they stand below each other. */
  narrow?: number;
  /** Below the heading of each. */
  head: number;
}

/** The page's own matter, and beside it what belongs to it. */
export function WithAside({ width, gap, narrow = 6, head, ...rest }: PartProps<'div', Aside>) {
  const lengths = {
    '--part-aside': `${width}rem`,
    '--part-gap': rem(gap),
    '--part-narrow': rem(narrow),
    '--part-head': rem(head),
  };
  return part<'div'>('div', [css.aside], lengths, rest);
}
