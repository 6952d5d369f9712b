import { notFound } from '../../../core/errors.ts';

export const announcementErrors = { notFound: notFound.saying('No such announcement') };
