@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let col_tile = group - i32(u32(group) / 64u) * 64;
 var acc_0_0 = 0.0f;
 var acc_0_1 = 0.0f;
 var acc_1_0 = 0.0f;
 var acc_1_1 = 0.0f;
 let f_1 = arg0[0];
 let f_2 = arg0[2];
 let i_3 = lane + 128 * col_tile;
 let f_4 = arg1[i_3];
 let f_5 = arg1[i_3 + 64];
 acc_0_0 += f_1 * f_4;
 acc_0_1 += f_1 * f_5;
 acc_1_0 += f_2 * f_4;
 acc_1_1 += f_2 * f_5;
 let f_6 = arg0[1];
 let f_7 = arg0[3];
 let f_8 = arg1[i_3 + 8192];
 let f_9 = arg1[i_3 + 8256];
 acc_0_0 += f_6 * f_8;
 acc_0_1 += f_6 * f_9;
 acc_1_0 += f_7 * f_8;
 acc_1_1 += f_7 * f_9;
 out[i_3] = acc_0_0;
 out[i_3 + 64] = acc_0_1;
 out[i_3 + 8192] = acc_1_0;
 out[i_3 + 8256] = acc_1_1;
}
