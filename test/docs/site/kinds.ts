/** A page of each kind of the site, by its address. */
export const KINDS = {
  landing: 'index.html',
  guide: 'architecture.html',
  method: 'adapters/oft.html',
  methods: 'adapters/index.html',
  operators: 'operators/rotations.html',
  error: 'errors/OFT1003.html',
  table: 'costs.html',
  chart: 'finetune/example.html',
  missing: '404.html',
} as const;
