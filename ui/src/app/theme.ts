import {
  ActionIcon,
  Button,
  createTheme,
  Input,
  InputWrapper,
  Menu,
  Modal,
  PasswordInput,
  Tooltip,
  type CSSVariablesResolver,
} from '@mantine/core';
import css from './controls.module.css';

/** The theme of the design. Further variants of a button: `danger` (outlined) and `danger-filled`. */
export const theme = createTheme({
  primaryColor: 'tide',
  primaryShade: { light: 7, dark: 3 },
  autoContrast: true,
  colors: {
    tide: [
      '#E1EEF0',
      '#C3DEE2',
      '#95CAD3',
      '#66C0CF',
      '#3E9DAE',
      '#1B7D8E',
      '#126C7B',
      '#0B5D6B',
      '#084A56',
      '#05343D',
    ],
  },
  fontFamily: 'var(--font-ui)',
  fontFamilyMonospace: 'var(--font-mono)',
  cursorType: 'default',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  lineHeights: { xs: '1.4', sm: '1.35', md: '1.5', lg: '1.5', xl: '1.3' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.2' },
      h2: { fontSize: '1rem', lineHeight: '1.3' },
      h3: { fontSize: '0.8125rem', lineHeight: '1.4' },
    },
  },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  radius: { sm: '0.25rem', md: '0.4375rem', lg: '0.625rem' },
  defaultRadius: 'md',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({
      defaultProps: { size: 'sm', variant: 'default' },
      classNames: { root: css.button, section: css.section, inner: css.inner, loader: css.loader },
    }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'default' }, classNames: { root: css.icon } }),
    Paper: { defaultProps: { withBorder: true, shadow: undefined, radius: 'lg' } },
    Table: { defaultProps: { verticalSpacing: 'xs', highlightOnHover: true } },
    Input: Input.extend({ classNames: { input: css.input } }),
    InputWrapper: InputWrapper.extend({
      classNames: { label: css.label, description: css.description, error: css.error },
    }),
    PasswordInput: PasswordInput.extend({
      classNames: { input: css.passwordInput, innerInput: css.passwordInner },
    }),
    Menu: Menu.extend({
      defaultProps: { position: 'bottom-end', transitionProps: { duration: 120 } },
      classNames: { dropdown: css.menu, item: css.menuItem },
    }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        transitionProps: { duration: 120, transition: 'fade' },
        closeButtonProps: { 'aria-label': 'Close' },
      },
      classNames: { content: css.modal, header: css.modalHeader, title: css.modalTitle, body: css.modalBody },
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 400, withArrow: false, multiline: true, transitionProps: { duration: 120 } },
      classNames: { tooltip: css.tooltip },
    }),
  },
});

/** Mantine's own variables, read from our tokens: states are never Mantine's green or red. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-3)',
    '--mantine-color-default-border': 'var(--control)',
    '--mantine-color-error': 'var(--danger)',
    '--mantine-color-placeholder': 'var(--ink-3)',
    '--mantine-color-anchor': 'var(--accent)',
  },
  light: {},
  dark: {},
});
