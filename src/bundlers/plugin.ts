/** The plugin by which bundlers compile imports of layers, such as `./oft.ts?oftc`. */
import '../provide.ts';
import { createUnplugin, type UnpluginContext, type UnpluginInstance, type UnpluginOptions } from 'unplugin';
import { connectEsbuild } from './connect-esbuild.ts';
import { isRequest, type Options } from './options.ts';
import { asOneError, asText, Refused } from './problems.ts';
import { Project, type Resolve } from './project.ts';

const NAME = 'oftc';

export const plugin: UnpluginInstance<Options | undefined, false> = createUnplugin((options, meta) => {
  const project = new Project(options ?? {});
  // esbuild's own hooks take a list of errors with their lines, which unplugin's do not.
  if (meta.framework === 'esbuild')
    return { name: NAME, esbuild: { setup: (build) => connectEsbuild(build, project, NAME) } };
  const isWebpack = meta.framework === 'webpack' || meta.framework === 'rspack';
  return {
    name: NAME,
    enforce: 'pre',
    resolveId: {
      filter: { id: /\?/ },
      async handler(specifier, importer) {
        if (!isRequest(specifier)) return undefined;
        return refusing(this, isWebpack, () => project.resolve(specifier, importer, resolverOf(this)));
      },
    },
    load: {
      filter: { id: /\?/ },
      async handler(id) {
        if (!isRequest(id)) return undefined;
        return refusing(this, isWebpack, async () => {
          const { code, files, warning } = await project.load(id).catch((error: unknown) => {
            if (error instanceof Refused) for (const file of error.files) this.addWatchFile(file);
            throw error;
          });
          for (const file of files) this.addWatchFile(file);
          if (warning !== undefined) this.warn(warning);
          return { code, map: null };
        });
      },
    },
    vite: viteParts(project),
    webpack: (compiler) => project.enter(compiler.context),
  };
});

/** Does something, and gives a refusal to the bundler as an error of the bundler's. */
async function refusing<T>(context: UnpluginContext, isWebpack: boolean, f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const shown = isWebpack ? { message: asText(error) } : asOneError(error);
    // Without a stack, which would show the plugin's own lines beside the author's.
    const thrown = Object.assign(new Error(shown.message), shown, { plugin: NAME, stack: shown.message });
    if (!isWebpack) context.error(thrown);
    throw thrown;
  }
}

/** A bundler's context, as far as it resolves paths: Rollup's kind does itself, webpack's by its compiler. */
interface Resolving {
  resolve?(
    path: string,
    importer: string | undefined,
    options: { readonly skipSelf: boolean },
  ): Promise<{ readonly id: string; readonly external?: unknown } | null>;
  getNativeBuildContext?(): object;
}

interface WebpackCompiler {
  readonly context: string;
  readonly resolverFactory: {
    get(
      type: 'normal',
      options: { readonly dependencyType: string },
    ): {
      resolve(
        context: object,
        folder: string,
        path: string,
        resolving: object,
        done: (error: Error | null, found?: string | false) => void,
      ): void;
    };
  };
}

function resolverOf(context: object): Resolve {
  const { resolve, getNativeBuildContext } = context as Resolving;
  if (resolve)
    return async (path, importer) => (await resolve.call(context, path, importer, { skipSelf: true }))?.id;
  const native = getNativeBuildContext?.() as { readonly compiler?: WebpackCompiler } | undefined;
  const compiler = native?.compiler;
  if (!compiler) return async () => undefined;
  return (path, importer) => {
    const folder = importer?.replace(/\/[^/]*$/, '') ?? compiler.context;
    const resolver = compiler.resolverFactory.get('normal', { dependencyType: 'esm' });
    return new Promise((done) =>
      resolver.resolve({}, folder, path, {}, (_, found) => done(found === false ? undefined : found)),
    );
  };
}

function viteParts(project: Project): NonNullable<UnpluginOptions['vite']> {
  return {
    // A scan for packages to bundle beforehand takes a layer's source for a script, and would bundle the compiler.
    config: () => ({ optimizeDeps: { exclude: ['oftc'] } }),
    configResolved: ({ root }) => project.enter(root),
    hotUpdate({ file, modules, type }) {
      const graph = this.environment.moduleGraph;
      const own = project.dependents(file, type === 'create').flatMap((id) => graph.getModuleById(id) ?? []);
      const more = own.filter((module) => !modules.includes(module));
      return more.length > 0 ? [...modules, ...more] : undefined;
    },
  };
}
