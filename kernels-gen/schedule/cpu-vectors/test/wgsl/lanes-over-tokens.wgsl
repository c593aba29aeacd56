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
 let i_0 = lane & 7;
 let i_2 = group - i32(u32(group) / 4u) * 4;
 var acc_0 = f32();
 for (var k0_first = 0; k0_first < tokens; k0_first += 8) {
  let k0_mine = min(k0_first + lane, tokens - 1);
  let f_4 = arg0[i_2 + 4 * k0_mine];
  let i_5 = min(8, tokens - k0_first);
  for (var step = 0; step < i_5; step += 1) {
   let k0 = k0_first + step;
   let i_8 = u32(step);
   acc_0 = fma(subgroupShuffle(f_4, i_8), arg1[i_0 + 8 * k0], acc_0);
  }
 }
 out[8 * i_2 + i_0] = acc_0;
}
