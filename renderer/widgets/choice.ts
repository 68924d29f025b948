// One of several named choices.
export interface Choice {
  readonly value: string;
  readonly label: string;
  /** One sentence under the label in the open list. */
  readonly sentence?: string;
  readonly disabled?: boolean;
}
