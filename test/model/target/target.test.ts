import { prove } from '../prove.ts';
import { TARGET } from './study.ts';

prove(TARGET);
