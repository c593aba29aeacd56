enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc = -exp(arg0[2 * tokens * group + min(lane, tokens - 1)]);
 let i_4 = 2 * tokens * group;
 for (var k1 = lane; k1 < tokens; k1 += 8) {
  let i_5 = i_4 + k1;
  for (var k0 = 0; k0 < 2; k0 += 1) {
   acc = max(acc, -exp(arg0[i_5 + tokens * k0]));
  }
 }
 acc = subgroupMax(acc);
 if (lane < 1) {
  out[group] = acc;
 }
}
