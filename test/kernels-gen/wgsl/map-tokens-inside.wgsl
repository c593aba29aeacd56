enable f16;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f16>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (((3 * tokens) + 63) / 64)) { return; }
 let i_1 = 64 * group + lane;
 if (i_1 < (3 * tokens)) {
  let i_3 = i32(u32(i_1) / u32(tokens));
  let i1 = i_1 - i_3 * tokens;
  out[i_1] = f16(arg0[i_3 + 3 * i1]);
 }
}
