/** The name of the pipeline that reconciles the one of this name. */
export const reconcileName = (pipeline: string): string => `${pipeline}-reconcile`;
