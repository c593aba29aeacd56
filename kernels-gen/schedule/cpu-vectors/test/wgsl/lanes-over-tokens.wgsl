enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 4) { return; }
 var acc = 0.0f;
 let i_0 = (tokens + 7) / 8;
 for (var k0_block = 0; k0_block < i_0; k0_block += 1) {
  let f_4 = arg0[group + 4 * min(lane + 8 * k0_block, tokens - 1)];
  let i_6 = min(tokens - 8 * k0_block, 8);
  let i_7 = 8 * k0_block;
  for (var k0_step = 0; k0_step < i_6; k0_step += 1) {
   let i_9 = u32(k0_step);
   acc = fma(subgroupShuffle(f_4, i_9), arg1[lane + 8 * (i_7 + k0_step)], acc);
  }
 }
 out[lane + 8 * group] = acc;
}
