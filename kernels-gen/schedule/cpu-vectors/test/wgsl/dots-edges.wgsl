enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / 6u);
 let col_tile = group - i_0 * 6;
 var acc_0_0 = 0.0f;
 var acc_0_1 = 0.0f;
 var acc_1_0 = 0.0f;
 var acc_1_1 = 0.0f;
 let i_2 = 2 * i_0;
 let i_3 = 21 * i_2;
 let i_6 = min(i_2 + 1, 2);
 let i_7 = 21 * i_6;
 let i_10 = 2 * col_tile;
 let i_11 = 21 * i_10;
 let i_14 = min(i_10 + 1, 10);
 let i_15 = 21 * i_14;
 for (var k0_block = 0; k0_block < 3; k0_block += 1) {
  let i_1 = 8 * k0_block + lane;
  if (i_1 < 21) {
   let f_5 = arg0[i_3 + i_1];
   let f_9 = arg0[i_7 + i_1];
   let f_13 = arg1[i_11 + i_1];
   let f_17 = arg1[i_15 + i_1];
   acc_0_0 = fma(f_5, f_13, acc_0_0);
   acc_0_1 = fma(f_5, f_17, acc_0_1);
   acc_1_0 = fma(f_9, f_13, acc_1_0);
   acc_1_1 = fma(f_9, f_17, acc_1_1);
  }
 }
 acc_0_0 = subgroupAdd(acc_0_0);
 acc_0_1 = subgroupAdd(acc_0_1);
 acc_1_0 = subgroupAdd(acc_1_0);
 acc_1_1 = subgroupAdd(acc_1_1);
 if (lane < 1) {
  out[i_10 + 11 * i_2] = acc_0_0;
  if ((i_10 + 1) < 11) {
   out[i_14 + 11 * i_2] = acc_0_1;
  }
  if ((i_2 + 1) < 3) {
   out[i_10 + 11 * i_6] = acc_1_0;
   if ((i_10 + 1) < 11) {
    out[i_14 + 11 * i_6] = acc_1_1;
   }
  }
 }
}
