/** The modules beside the blocks, as all families name them. */
/** The start of the names of all tensors but the output layer's. */
export const BODY = 'model.';
export const OUTPUT_LAYER = 'lm_head';
export const EMBEDDING = 'model.embed_tokens';
/** The module that adapters of image classifiers save whole. */
export const CLASSIFIER = 'classifier';
