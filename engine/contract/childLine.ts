// How a process of the engine's ends its line under Electron, where ending a process drops what has not left it yet: it says
// that this was all, and ends once that was heard.

/** From the child, after everything else. */
export const lastWord = 'thimble: that was all';
/** To the child: everything was heard. */
export const lastWordHeard = 'thimble: all was heard';
