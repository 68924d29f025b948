// Narrow indexes for leafing through images: the rows themselves carry thumbnails and are slow to pass over.
import type { Migration } from './migration.ts';

export const imagePages: Migration = {
  number: 6,
  title: 'indexes for pages of images',
  apply(database) {
    database.exec(`
      CREATE INDEX images_by_page ON images (dataset_id, id, class_id, notes, relative_path);
      CREATE INDEX split_images_by_part ON split_images (split_id, split, image_id);
    `);
  },
};
