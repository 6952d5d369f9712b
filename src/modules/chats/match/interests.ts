import { invalid } from '../../../core/errors.ts';
import { matchErrors } from './match.errors.ts';

const TAG = /^[a-z0-9]{3,12}$/;
const MOST_TAGS = 3;

/** The distinct tags. Throws `ERR_VALIDATION` for none or too many, `ERR_MATCH_UNSUPPORTED_INTEREST` for a wrong form. */
export function tagsOf(interests: readonly string[]): string[] {
  const tags = [...new Set(interests)];
  if (tags.length === 0) throw invalid.saying('interests must have at least 1 entry')({ field: 'interests' });
  if (tags.length > MOST_TAGS)
    throw invalid.saying(`interests must have at most ${MOST_TAGS} entries`)({ field: 'interests' });
  const wrong = interests.findIndex((tag) => !TAG.test(tag));
  if (wrong >= 0) throw matchErrors.unsupportedInterest({ field: `interests[${wrong}]` });
  return tags;
}
