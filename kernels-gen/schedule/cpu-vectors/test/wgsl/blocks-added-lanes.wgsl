// y: 351 operations, 216 bytes, 3 workgroups
enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out0: array<f32>;
var<workgroup> held0: array<f32, 9>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 7;
 let i_5 = 9 * group;
 {
  let i_1 = min(i_0, 3 - 1);
  let i_2 = 0;
  let i_3 = 1;
  let i_4 = 2;
  var acc_0 = f32();
  var acc_1 = f32();
  var acc_2 = f32();
  let i_6 = i_5 + 3 * i_2;
  let i_9 = i_5 + 3 * i_3;
  let i_12 = i_5 + 3 * i_4;
  let i_16 = i_5 + i_1;
  for (var k0_first = 0; k0_first < 3 + (group >> 31); k0_first += 8) {
   let k0_mine = min(k0_first + lane, 3 - 1);
   let f_8 = arg0[i_6 + k0_mine];
   let f_11 = arg0[i_9 + k0_mine];
   let f_14 = arg0[i_12 + k0_mine];
   let i_15 = min(8, 3 - k0_first);
   for (var step = 0; step < i_15 + (group >> 31); step += 1) {
    let k0 = k0_first + step;
    let f_18 = arg0[i_16 + 3 * k0];
    let i_19 = u32(step);
    acc_0 = fma(subgroupShuffle(f_8, i_19), f_18, acc_0);
    acc_1 = fma(subgroupShuffle(f_11, i_19), f_18, acc_1);
    acc_2 = fma(subgroupShuffle(f_14, i_19), f_18, acc_2);
   }
  }
  let i_20 = i_5 + i_2;
  let i_23 = i_5 + i_3;
  let i_26 = i_5 + i_4;
  {
   for (var k1_first = 0; k1_first < 3 + (group >> 31); k1_first += 8) {
    let k1_mine = min(k1_first + lane, 3 - 1);
    let f_22 = arg0[i_20 + 3 * k1_mine];
    let f_25 = arg0[i_23 + 3 * k1_mine];
    let f_28 = arg0[i_26 + 3 * k1_mine];
    let i_29 = min(8, 3 - k1_first);
    for (var step = 0; step < i_29 + (group >> 31); step += 1) {
     let k1 = k1_first + step;
     let f_31 = arg0[i_16 + 3 * k1];
     let i_32 = u32(step);
     acc_0 = fma(subgroupShuffle(f_22, i_32), f_31, acc_0);
     acc_1 = fma(subgroupShuffle(f_25, i_32), f_31, acc_1);
     acc_2 = fma(subgroupShuffle(f_28, i_32), f_31, acc_2);
    }
   }
  }
  if (i_0 < 3) {
   held0[3 * i_2 + i_1] = acc_0;
  }
  if (i_0 < 3) {
   held0[3 * i_3 + i_1] = acc_1;
  }
  if (i_0 < 3) {
   held0[3 * i_4 + i_1] = acc_2;
  }
 }
 workgroupBarrier();
 {
  for (var at = lane; at < 9 + (group >> 31); at += 8) {
   let i_37 = i32(u32(at) / 3u);
   out0[i_5 + at] = held0[at] * held0[i_37 + 3 * (at - i_37 * 3)];
  }
 }
}
