/** The modules beside the blocks, as all families name them. */
export const OUTPUT_LAYER = 'lm_head';
export const EMBEDDING = 'model.embed_tokens';
/** The module that adapters of image classifiers save whole. */
export const CLASSIFIER = 'classifier';
