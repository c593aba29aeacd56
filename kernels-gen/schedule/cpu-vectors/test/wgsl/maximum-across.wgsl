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
 var acc = -exp(arg0[group + 5 * min(lane, tokens - 1)]);
 for (var k0 = lane; k0 < tokens; k0 += 8) {
  acc = max(acc, -exp(arg0[group + 5 * k0]));
 }
 acc = subgroupMax(acc);
 if (lane < 1) {
  out[group] = acc;
 }
}
