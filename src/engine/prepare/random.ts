export { seededRandom, type Random } from '../../core/stats/random';
