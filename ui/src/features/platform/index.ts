export { PlatformPanel } from './PlatformPanel';
export { PullActs } from './PullActs';
