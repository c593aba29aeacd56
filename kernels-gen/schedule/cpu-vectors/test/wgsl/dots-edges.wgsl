enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 6 * 2) { return; }
 let i_0 = i32(u32(group) / 6u);
 let i_1 = group - i_0 * 6;
 let i_2 = i_1 * 2;
 let i_3 = min(i_2, 11 - 1);
 let i_4 = i_1 * 2 + 1;
 let i_5 = min(i_4, 11 - 1);
 let i_7 = i_0 - i32(u32(i_0) / 2u) * 2;
 let i_8 = i_7 * 2;
 let i_9 = min(i_8, 3 - 1);
 let i_10 = i_7 * 2 + 1;
 let i_11 = min(i_10, 3 - 1);
 var acc_0 = vec2f();
 var acc_1 = vec2f();
 let i_12 = 21 * i_9;
 let i_15 = 21 * i_11;
 let i_18 = 21 * i_3;
 let i_21 = 21 * i_5;
 for (var k0_first = 0; k0_first < 21; k0_first += 8) {
  let k0_at = k0_first + lane;
  let k0 = min(k0_at, 21 - 1);
  let v_24 = vec2f(arg1[i_18 + k0], arg1[i_21 + k0]);
  acc_0 = select(acc_0, fma(vec2f(arg0[i_12 + k0]), v_24, acc_0), k0_at < 21);
  acc_1 = select(acc_1, fma(vec2f(arg0[i_15 + k0]), v_24, acc_1), k0_at < 21);
 }
 acc_0 = subgroupAdd(acc_0);
 acc_1 = subgroupAdd(acc_1);
 if (lane == 0) {
  if (i_8 < 3) {
   if (i_2 < 11) {
    out[11 * i_9 + i_3] = acc_0.x;
   }
   if (i_4 < 11) {
    out[11 * i_9 + i_5] = acc_0.y;
   }
  }
  if (i_10 < 3) {
   if (i_2 < 11) {
    out[11 * i_11 + i_3] = acc_1.x;
   }
   if (i_4 < 11) {
    out[11 * i_11 + i_5] = acc_1.y;
   }
  }
 }
}
