export const runPlanted = async (): Promise<number> => 0;
