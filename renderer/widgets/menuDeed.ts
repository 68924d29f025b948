// One deed of a menu.
import type { Component } from 'svelte';

export interface MenuDeed {
  readonly label: string;
  readonly run: () => void;
  readonly icon?: Component<{ size?: number | string; strokeWidth?: number | string }>;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** Shown under the label; for a disabled deed the reason. */
  readonly sentence?: string;
  readonly keys?: string;
  /** Draws a rule above. */
  readonly apart?: boolean;
}
