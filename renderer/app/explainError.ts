// The human sentence for each of the engine's error codes: what happened, and what to do. The engine's own message, which
// names the file or the field, is shown beneath.
import type { EngineError, ErrorCode } from '../../engine/contract/errors.ts';

export interface ErrorWords {
  readonly title: string;
  readonly whatToDo: string;
}

const words: Readonly<Record<ErrorCode, ErrorWords>> = {
  'config.invalid': {
    title: 'These settings do not go together',
    whatToDo: 'Change the settings that are named, or take a preset.',
  },
  'request.invalid': {
    title: 'The engine could not do that',
    whatToDo: 'Check what was entered and try again.',
  },
  'tensor.shape': {
    title: 'The model and its input do not fit together',
    whatToDo: 'Please report this with the run’s settings; nothing of the run is lost.',
  },
  'trace.unsupported': {
    title: 'This model cannot be compiled for the device',
    whatToDo: 'Choose another device under Compute.',
  },
  'executor.unavailable': {
    title: 'The device is not available',
    whatToDo: 'Choose another device under Compute.',
  },
  'executor.failed': {
    title: 'The device could not go on',
    whatToDo: 'Try a smaller batch or image size, or another device under Compute.',
  },
  'device.lost': {
    title: 'The graphics card stopped answering',
    whatToDo:
      'Resume; the last checkpoint is kept. If it happens again, choose another device under Compute.',
  },
  'file.missing': {
    title: 'A file is not there any more',
    whatToDo: 'Put it back, or relink the images to where they are now.',
  },
  'file.unreadable': {
    title: 'A file cannot be read',
    whatToDo: 'Check that the disk is there and that you may read it.',
  },
  'file.unwritable': {
    title: 'A file cannot be written',
    whatToDo: 'Choose another place, or check that you may write there.',
  },
  'file.exists': {
    title: 'A file of that name is there already',
    whatToDo: 'Choose another name; nothing was replaced.',
  },
  'file.corrupt': {
    title: 'A file is not what it was',
    whatToDo: 'Import its folder again.',
  },
  'disk.full': {
    title: 'The disk is full',
    whatToDo: 'Make room, then resume; nothing is lost.',
  },
  'dataset.empty': {
    title: 'There is no usable image',
    whatToDo: 'Choose a folder with images (JPEG, PNG, WebP, TIFF, BMP or GIF).',
  },
  'dataset.invalid': {
    title: 'These images cannot be imported as they are',
    whatToDo: 'Change what is named, then import again.',
  },
  'dataset.notFound': {
    title: 'These images are not part of the project',
    whatToDo: 'They may have been removed. Go back to Images.',
  },
  'split.impossible': {
    title: 'The images cannot be divided like this',
    whatToDo: 'Choose other shares, or keep fewer images together.',
  },
  'project.notFound': {
    title: 'The project is not there',
    whatToDo: 'It may have been moved or its disk is not connected. Find it again from the list of projects.',
  },
  'project.invalid': {
    title: 'This folder is not a Thimble project',
    whatToDo: 'Choose the folder that holds project.db, or an empty one for a new project.',
  },
  'project.newer': {
    title: 'This project was made by a newer Thimble',
    whatToDo: 'Update Thimble to open it.',
  },
  'project.locked': {
    title: 'Another program is working on this',
    whatToDo: 'Close it, or wait until it is done.',
  },
  'run.notFound': {
    title: 'This run is not part of the project',
    whatToDo: 'It may have been deleted for good. Go back to Runs.',
  },
  'run.state': {
    title: 'The run cannot do that now',
    whatToDo: 'Look at its state, then try again.',
  },
  'run.diverged': {
    title: 'Training diverged',
    whatToDo: 'The last good checkpoint is kept. Try a lower learning rate.',
  },
  'run.interrupted': {
    title: 'Training was interrupted',
    whatToDo: 'Resume: it goes on from its last checkpoint.',
  },
  'checkpoint.corrupt': {
    title: 'A checkpoint is damaged',
    whatToDo: 'Resume from the one before, or train again.',
  },
  'probe.impossible': {
    title: 'The model cannot be scored on these images',
    whatToDo: 'Scoring needs at least two classes with images in training, validation and test.',
  },
  cancelled: { title: 'Cancelled', whatToDo: 'Nothing was changed.' },
  'engine.lost': {
    title: 'The engine ended before it answered',
    whatToDo: 'It is being started again; then try once more.',
  },
  internal: {
    title: 'Thimble made a mistake',
    whatToDo: 'Please report it with the text below; your project is safe.',
  },
};

/** What to tell a person about an engine's error. */
export function explainError(error: Pick<EngineError, 'code'>): ErrorWords {
  return words[error.code] ?? words.internal;
}
