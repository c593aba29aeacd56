enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f16>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((3 * tokens) + 23) / 24) { return; }
 for (var step = 0; step < 3; step += 1) {
  let i = group * 24 + step * 8 + lane;
  if (i < (3 * tokens)) {
   let i_0 = i32(u32(i) / u32(tokens));
   let i1 = i - i_0 * tokens;
   out[i] = f16(arg0[i_0 + 3 * i1]);
  }
 }
}
