type Props = { size?: string; className?: string };

/** The holdfast: a blade of seaweed whose grip closes around a stone. */
export function BrandMark({ size = '1.375rem', className }: Props) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      className={className}
      fill="none"
      stroke="var(--accent)"
      strokeWidth="2.1"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <ellipse cx="12" cy="17.3" rx="4.1" ry="3.6" fill="var(--accent)" stroke="none" />
      <path d="M13 1.8c-2.2 2.6.6 4.4-1 7.4M12 9.2c-4.6.9-7.6 4.3-7.6 8.2 0 1.8.7 3.1 1.9 4M12 9.2c4.6.9 7.6 4.3 7.6 8.2 0 1.8-.7 3.1-1.9 4" />
    </svg>
  );
}
