enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 7;
 let i_2 = group - i32(u32(group) / 16u) * 16;
 let i_3 = i_2 * 4;
 let i_4 = i_2 * 4 + 1;
 let i_5 = i_2 * 4 + 2;
 let i_6 = i_2 * 4 + 3;
 var acc_0 = f32();
 var acc_1 = f32();
 var acc_2 = f32();
 var acc_3 = f32();
 let i_7 = 8 * i_3;
 let i_10 = 8 * i_4;
 let i_13 = 8 * i_5;
 let i_16 = 8 * i_6;
 for (var k0_first = 0; k0_first < 8; k0_first += 8) {
  let k0_mine = k0_first + lane;
  let f_9 = arg0[i_7 + k0_mine];
  let f_12 = arg0[i_10 + k0_mine];
  let f_15 = arg0[i_13 + k0_mine];
  let f_18 = arg0[i_16 + k0_mine];
  for (var step = 0; step < 8; step += 1) {
   let k0 = k0_first + step;
   let f_20 = arg1[i_0 + 8 * k0];
   let i_21 = u32(step);
   acc_0 = fma(subgroupShuffle(f_9, i_21), f_20, acc_0);
   acc_1 = fma(subgroupShuffle(f_12, i_21), f_20, acc_1);
   acc_2 = fma(subgroupShuffle(f_15, i_21), f_20, acc_2);
   acc_3 = fma(subgroupShuffle(f_18, i_21), f_20, acc_3);
  }
 }
 out[8 * i_3 + i_0] = acc_0;
 out[8 * i_4 + i_0] = acc_1;
 out[8 * i_5 + i_0] = acc_2;
 out[8 * i_6 + i_0] = acc_3;
}
