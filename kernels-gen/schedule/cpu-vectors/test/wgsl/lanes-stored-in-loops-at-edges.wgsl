enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 2 * 6) { return; }
 let i_0 = lane & 7;
 let i_1 = i32(u32(group) / 2u);
 let i_2 = group - i_1 * 2;
 let i_3 = i_2 * 32 + i_0;
 let i_4 = min(i_3, 50 - 1);
 let i_6 = min(i_2 * 32 + i_0 + 8, 50 - 1);
 let i_8 = min(i_2 * 32 + i_0 + 16, 50 - 1);
 let i_10 = min(i_2 * 32 + i_0 + 24, 50 - 1);
 let i_13 = (i_1 - i32(u32(i_1) / 6u) * 6) * 12;
 var acc_0 = vec4f();
 var acc_1 = vec4f();
 var acc_2 = vec4f();
 var acc_3 = vec4f();
 var acc_4 = vec4f();
 var acc_5 = vec4f();
 var acc_6 = vec4f();
 var acc_7 = vec4f();
 var acc_8 = vec4f();
 var acc_9 = vec4f();
 var acc_10 = vec4f();
 var acc_11 = vec4f();
 for (var k0_first = 0; k0_first < 3; k0_first += 8) {
  let k0_mine = min(k0_first + lane, 3 - 1);
  var loaded: array<f32, 12>;
  for (var i = 0; i < 12 + (group >> 31); i += 1) {
   let row_at = i_13 + i;
   let i_37 = min(row_at, 65 - 1);
   loaded[i] = arg0[k0_mine + 3 * i_37];
  }
  let i_40 = min(8, 3 - k0_first);
  for (var step = 0; step < i_40; step += 1) {
   let k0 = k0_first + step;
   let i_49 = u32(step);
   let v_50 = vec4f(arg1[i_4 + 50 * k0], arg1[i_6 + 50 * k0], arg1[i_8 + 50 * k0], arg1[i_10 + 50 * k0]);
   acc_0 = fma(vec4f(subgroupShuffle(loaded[0], i_49)), v_50, acc_0);
   acc_1 = fma(vec4f(subgroupShuffle(loaded[1], i_49)), v_50, acc_1);
   acc_2 = fma(vec4f(subgroupShuffle(loaded[2], i_49)), v_50, acc_2);
   acc_3 = fma(vec4f(subgroupShuffle(loaded[3], i_49)), v_50, acc_3);
   acc_4 = fma(vec4f(subgroupShuffle(loaded[4], i_49)), v_50, acc_4);
   acc_5 = fma(vec4f(subgroupShuffle(loaded[5], i_49)), v_50, acc_5);
   acc_6 = fma(vec4f(subgroupShuffle(loaded[6], i_49)), v_50, acc_6);
   acc_7 = fma(vec4f(subgroupShuffle(loaded[7], i_49)), v_50, acc_7);
   acc_8 = fma(vec4f(subgroupShuffle(loaded[8], i_49)), v_50, acc_8);
   acc_9 = fma(vec4f(subgroupShuffle(loaded[9], i_49)), v_50, acc_9);
   acc_10 = fma(vec4f(subgroupShuffle(loaded[10], i_49)), v_50, acc_10);
   acc_11 = fma(vec4f(subgroupShuffle(loaded[11], i_49)), v_50, acc_11);
  }
 }
 var results = array(acc_0.x, acc_0.y, acc_0.z, acc_0.w, acc_1.x, acc_1.y, acc_1.z, acc_1.w, acc_2.x, acc_2.y, acc_2.z, acc_2.w, acc_3.x, acc_3.y, acc_3.z, acc_3.w, acc_4.x, acc_4.y, acc_4.z, acc_4.w, acc_5.x, acc_5.y, acc_5.z, acc_5.w, acc_6.x, acc_6.y, acc_6.z, acc_6.w, acc_7.x, acc_7.y, acc_7.z, acc_7.w, acc_8.x, acc_8.y, acc_8.z, acc_8.w, acc_9.x, acc_9.y, acc_9.z, acc_9.w, acc_10.x, acc_10.y, acc_10.z, acc_10.w, acc_11.x, acc_11.y, acc_11.z, acc_11.w);
 for (var i = 0; i < 12 + (group >> 31); i += 1) {
  let row_at = i_13 + i;
  if (row_at < 65) {
   let i_52 = 50 * row_at;
   for (var j = 0; j < 4 + (group >> 31); j += 1) {
    let col_at = i_3 + j * 8;
    if (col_at < 50) {
     let result = results[i * 4 + j];
     out[i_52 + col_at] = (result * 0.5f) + arg2[col_at];
    }
   }
  }
 }
}
