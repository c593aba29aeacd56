enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 14) { return; }
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 let i_1 = lane + 8 * col_tile;
 let i_2 = min(i_1, 10);
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 var acc_3 = 0.0f;
 let i_3 = min(lane, 4);
 let i_4 = 4 * i_0;
 let f_6 = arg0[i_3 + 5 * i_4];
 let i_7 = i_4 + 1;
 let f_9 = arg0[i_3 + 5 * i_7];
 let i_10 = min(i_4 + 2, 25);
 let f_12 = arg0[i_3 + 5 * i_10];
 let i_13 = min(i_4 + 3, 25);
 let f_15 = arg0[i_3 + 5 * i_13];
 for (var k0_step = 0; k0_step < 5; k0_step += 1) {
  let f_17 = arg1[i_2 + 11 * k0_step];
  let i_18 = u32(k0_step);
  acc_0 = fma(subgroupShuffle(f_6, i_18), f_17, acc_0);
  acc_1 = fma(subgroupShuffle(f_9, i_18), f_17, acc_1);
  acc_2 = fma(subgroupShuffle(f_12, i_18), f_17, acc_2);
  acc_3 = fma(subgroupShuffle(f_15, i_18), f_17, acc_3);
 }
 let f_19 = arg2[i_2];
 if (i_1 < 11) {
  out[i_2 + 11 * i_4] = (acc_0 * 0.5f) + f_19;
  out[i_2 + 11 * i_7] = (acc_1 * 0.5f) + f_19;
  if ((i_4 + 2) < 26) {
   out[i_2 + 11 * i_10] = (acc_2 * 0.5f) + f_19;
  }
  if ((i_4 + 3) < 26) {
   out[i_2 + 11 * i_13] = (acc_3 * 0.5f) + f_19;
  }
 }
}
