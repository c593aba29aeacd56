enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 8) { return; }
 let i_1 = i32(u32(group) / 2u);
 let i_3 = (group - i_1 * 2) * 8 + (lane & 7);
 let i_4 = min(i_3, 12 - 1);
 let i_6 = i_1 - i32(u32(i_1) / 8u) * 8;
 let i_7 = i_6 * 8;
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 var acc_4 = vec4f();
 var acc_5 = vec4f();
 var acc_6 = vec4f();
 var acc_7 = vec4f();
 let i_15 = 3 * i_7;
 let i_18 = 3 * (i_6 * 8 + 1);
 let i_21 = 3 * (i_6 * 8 + 2);
 let i_24 = 3 * (i_6 * 8 + 3);
 let i_27 = 3 * (i_6 * 8 + 4);
 let i_30 = 3 * (i_6 * 8 + 5);
 let i_33 = 3 * (i_6 * 8 + 6);
 let i_36 = 3 * (i_6 * 8 + 7);
 for (var k0_first = 0; k0_first < 3; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 3 - 1);
  let f_17 = arg0[i_15 + k0_mine];
  let f_20 = arg0[i_18 + k0_mine];
  let f_23 = arg0[i_21 + k0_mine];
  let f_26 = arg0[i_24 + k0_mine];
  let f_29 = arg0[i_27 + k0_mine];
  let f_32 = arg0[i_30 + k0_mine];
  let f_35 = arg0[i_33 + k0_mine];
  let f_38 = arg0[i_36 + k0_mine];
  let i_39 = min(8, 3 - k0_first);
  for (var step = 0; step < i_39; step += 1) {
   let k0 = k0_first + step;
   let v_41 = arg1[i_4 + 12 * k0];
   let i_46 = u32(step);
   let v_47 = vec4f(v_41.x, v_41.y, v_41.z, v_41.w);
   acc_0 = fma(vec4f(subgroupShuffle(f_17, i_46)), v_47, acc_0);
   acc_1 = fma(vec4f(subgroupShuffle(f_20, i_46)), v_47, acc_1);
   acc_2 = fma(vec4f(subgroupShuffle(f_23, i_46)), v_47, acc_2);
   acc_3 = fma(vec4f(subgroupShuffle(f_26, i_46)), v_47, acc_3);
   acc_4 = fma(vec4f(subgroupShuffle(f_29, i_46)), v_47, acc_4);
   acc_5 = fma(vec4f(subgroupShuffle(f_32, i_46)), v_47, acc_5);
   acc_6 = fma(vec4f(subgroupShuffle(f_35, i_46)), v_47, acc_6);
   acc_7 = fma(vec4f(subgroupShuffle(f_38, i_46)), v_47, acc_7);
  }
 }
 var results = array(acc_0, acc_1, acc_2, acc_3, acc_4, acc_5, acc_6, acc_7);
 for (var i = 0; i < 8 + (group >> 31); i += 4) {
  {
   let row_at = i_7 + i;
   let col_at = i_3;
   let i_48 = 12 * row_at;
   if (col_at < 12) {
    let result = results[i];
    out[i_48 + col_at] = result;
   }
  }
  {
   let row_at = i_7 + (i + 1);
   let col_at = i_3;
   let i_50 = 12 * row_at;
   if (col_at < 12) {
    let result = results[(i + 1)];
    out[i_50 + col_at] = result;
   }
  }
  {
   let row_at = i_7 + (i + 2);
   let col_at = i_3;
   let i_52 = 12 * row_at;
   if (col_at < 12) {
    let result = results[(i + 2)];
    out[i_52 + col_at] = result;
   }
  }
  {
   let row_at = i_7 + (i + 3);
   let col_at = i_3;
   let i_54 = 12 * row_at;
   if (col_at < 12) {
    let result = results[(i + 3)];
    out[i_54 + col_at] = result;
   }
  }
 }
}
