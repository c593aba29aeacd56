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
 if (group >= ((tokens + 0) / 1)) { return; }
 let i_1 = lane & 7;
 let i_2 = min(i_1, 5 - 1);
 let i_3 = 0;
 let i_4 = 1;
 let i_5 = 2;
 let i_6 = min(group, tokens - 1);
 var acc_0 = f32();
 var acc_1 = f32();
 var acc_2 = f32();
 let i_7 = 81 * i_6 + 27 * i_3;
 let i_11 = 81 * i_6 + 27 * i_4;
 let i_15 = 81 * i_6 + 27 * i_5;
 let i_20 = 135 * i_6 + i_2;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_8 = i_7 + 9 * k0;
  let i_12 = i_11 + 9 * k0;
  let i_16 = i_15 + 9 * k0;
  let i_21 = i_20 + 45 * k0;
  for (var k1_first = 0; k1_first < 9; k1_first += 8) {
   let k1_mine = min(k1_first + lane, 9 - 1);
   let f_10 = arg0[i_8 + k1_mine];
   let f_14 = arg0[i_12 + k1_mine];
   let f_18 = arg0[i_16 + k1_mine];
   let i_19 = min(8, 9 - k1_first);
   for (var step = 0; step < i_19; step += 1) {
    let k1 = k1_first + step;
    let f_23 = arg1[i_21 + 5 * k1];
    let i_24 = u32(step);
    acc_0 = fma(subgroupShuffle(f_10, i_24), f_23, acc_0);
    acc_1 = fma(subgroupShuffle(f_14, i_24), f_23, acc_1);
    acc_2 = fma(subgroupShuffle(f_18, i_24), f_23, acc_2);
   }
  }
 }
 if (group < tokens) {
  if (i_1 < 5) {
   out[15 * i_6 + 5 * i_3 + i_2] = acc_0;
  }
 }
 if (group < tokens) {
  if (i_1 < 5) {
   out[15 * i_6 + 5 * i_4 + i_2] = acc_1;
  }
 }
 if (group < tokens) {
  if (i_1 < 5) {
   out[15 * i_6 + 5 * i_5 + i_2] = acc_2;
  }
 }
}
