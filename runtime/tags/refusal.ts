/** Why a tag operation was not done. The guest sees the same words as `error.code` of its TagError. */
import { SmError } from '../../core/errors.ts';

export const TAG_REFUSALS = ['tag-missing', 'tag-exists', 'tag-denied', 'tag-quota', 'tag-invalid'] as const;
export type TagRefusalCode = (typeof TAG_REFUSALS)[number];

export class TagRefusal extends SmError {
  readonly fault = 'refused';
  override readonly code: TagRefusalCode;

  constructor(code: TagRefusalCode, message: string) {
    super(code, message);
    this.code = code;
  }
}
