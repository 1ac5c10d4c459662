/** Suggestions for words that operators misspell. */
export { didYouMean } from '../../core/suggest.ts';
