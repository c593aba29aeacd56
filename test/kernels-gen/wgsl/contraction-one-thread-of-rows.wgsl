@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = lane & 63;
 let i_2 = group - i32(u32(group) / 64u) * 64;
 let i_3 = i_2 * 128 + i_0;
 let i_4 = i_2 * 128 + i_0 + 64;
 let i_5 = 0;
 let i_6 = 1;
 var acc_0 = vec2f();
 var acc_1 = vec2f();
 let i_7 = 2 * i_5;
 let f_8 = arg0[i_7];
 let i_9 = 2 * i_6;
 let f_10 = arg0[i_9];
 let f_11 = arg1[i_3];
 let f_12 = arg1[i_4];
 let f_14 = arg0[i_7 + 1];
 let f_15 = arg0[i_9 + 1];
 let f_16 = arg1[i_3 + 8192];
 let f_17 = arg1[i_4 + 8192];
 for (var k0 = 0; k0 < 2; k0 += 2) {
  let v_13 = vec2f(f_11, f_12);
  acc_0 += f_8 * v_13;
  acc_1 += f_10 * v_13;
  let v_18 = vec2f(f_16, f_17);
  acc_0 += f_14 * v_18;
  acc_1 += f_15 * v_18;
 }
 out[8192 * i_5 + i_3] = acc_0.x;
 out[8192 * i_5 + i_4] = acc_0.y;
 out[8192 * i_6 + i_3] = acc_1.x;
 out[8192 * i_6 + i_4] = acc_1.y;
}
