import { prove } from '../prove.ts';
import { TELLING } from './study.ts';

prove(TELLING);
