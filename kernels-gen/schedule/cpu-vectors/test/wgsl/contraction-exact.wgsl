enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 8 * 2) { return; }
 let i_1 = i32(u32(group) / 8u);
 let i_3 = (group - i_1 * 8) * 8 + (lane & 7);
 let i_5 = i_1 - i32(u32(i_1) / 2u) * 2;
 var held_0 = vec4f();
 var held_1 = vec4f();
 var held_2 = vec4f();
 var held_3 = vec4f();
 let v_6 = arg1[i_3];
 let f_7 = v_6.x;
 let f_8 = v_6.y;
 let f_9 = v_6.z;
 let f_10 = v_6.w;
 let v_11 = arg1[i_3 + 64];
 let f_12 = v_11.x;
 let f_13 = v_11.y;
 let f_14 = v_11.z;
 let f_15 = v_11.w;
 let v_16 = arg1[i_3 + 128];
 let f_17 = v_16.x;
 let f_18 = v_16.y;
 let f_19 = v_16.z;
 let f_20 = v_16.w;
 let v_21 = arg1[i_3 + 192];
 let f_22 = v_21.x;
 let f_23 = v_21.y;
 let f_24 = v_21.z;
 let f_25 = v_21.w;
 for (var k0_quad = 0; k0_quad < 1 + (group >> 31); k0_quad += 1) {
  held_0 = vec4f(f_7, f_8, f_9, f_10);
  held_1 = vec4f(f_12, f_13, f_14, f_15);
  held_2 = vec4f(f_17, f_18, f_19, f_20);
  held_3 = vec4f(f_22, f_23, f_24, f_25);
 }
 let i_26 = min(i_5 * 128 + 128, 256);
 for (var row_first = i_5 * 128; row_first < i_26 + (group >> 31); row_first += 1) {
  var acc_0 = vec4f();
  let f_29 = arg0[4 * row_first + min(0 + lane, 3)];
  acc_0 = fma(vec4f(subgroupShuffle(f_29, 0)), held_0, acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_29, 1)), held_1, acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_29, 2)), held_2, acc_0);
  acc_0 = fma(vec4f(subgroupShuffle(f_29, 3)), held_3, acc_0);
  out[i_3 + 64 * row_first] = acc_0;
 }
}
