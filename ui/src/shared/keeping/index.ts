export { KeepingActs } from './Keeping';
export { fatesQuery } from './queries';
export { expiryWords, keptWords } from './words';
