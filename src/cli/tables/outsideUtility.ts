/** What a measure is called where the utility region was taken out: isoIou of iou. */
export const outsideUtility = (measure: string): string =>
  `iso${measure.slice(0, 1).toUpperCase()}${measure.slice(1)}`;
