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
 if (group >= tokens * 1 * 1) { return; }
 let i_0 = min(lane, 4);
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 let i_3 = 81 * group;
 let i_13 = 135 * group + i_0;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_4 = i_3 + 9 * k0;
  let i_14 = i_13 + 45 * k0;
  for (var k1_block = 0; k1_block < 2; k1_block += 1) {
   let i_5 = i_4 + min(lane + 8 * k1_block, 8);
   let f_6 = arg0[i_5];
   let f_7 = arg0[i_5 + 27];
   let f_8 = arg0[i_5 + 54];
   let i_9 = -8 * k1_block;
   let i_10 = min(i_9 + 9, 8);
   let i_11 = 8 * k1_block;
   for (var k1_step = 0; k1_step < i_10; k1_step += 1) {
    let f_16 = arg1[i_14 + 5 * (i_11 + k1_step)];
    let i_17 = u32(k1_step);
    acc_0 = fma(subgroupShuffle(f_6, i_17), f_16, acc_0);
    acc_1 = fma(subgroupShuffle(f_7, i_17), f_16, acc_1);
    acc_2 = fma(subgroupShuffle(f_8, i_17), f_16, acc_2);
   }
  }
 }
 let i_18 = 15 * group + i_0;
 if (lane < 5) {
  out[i_18] = acc_0;
  out[i_18 + 5] = acc_1;
  out[i_18 + 10] = acc_2;
 }
}
