import { prove } from '../prove.ts';
import { ADMISSION } from './study.ts';

prove(ADMISSION);
