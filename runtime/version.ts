declare const SM_VERSION: string;

/** The version in package.json, put in by the build. */
export const VERSION: string = typeof SM_VERSION === 'string' ? SM_VERSION : '0.0.0-source';
