export { AssertionsPanel } from './AssertionsPanel';
