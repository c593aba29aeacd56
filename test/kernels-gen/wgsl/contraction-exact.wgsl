@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / 8u);
 let col_tile = group - i_0 * 8;
 let row_thread = lane >> 3;
 let col_thread = lane & 7;
 let i_1 = col_thread + 8 * col_tile;
 var acc_0 = vec4f(0.0f);
 var acc_1 = vec4f(0.0f);
 var acc_2 = vec4f(0.0f);
 var acc_3 = vec4f(0.0f);
 let i_2 = 4 * row_thread + 128 * i_0;
 let v_7 = arg1[i_1];
 acc_0 += arg0[i_2] * v_7;
 acc_1 += arg0[i_2 + 32] * v_7;
 acc_2 += arg0[i_2 + 64] * v_7;
 acc_3 += arg0[i_2 + 96] * v_7;
 let v_12 = arg1[i_1 + 64];
 acc_0 += arg0[i_2 + 1] * v_12;
 acc_1 += arg0[i_2 + 33] * v_12;
 acc_2 += arg0[i_2 + 65] * v_12;
 acc_3 += arg0[i_2 + 97] * v_12;
 let v_17 = arg1[i_1 + 128];
 acc_0 += arg0[i_2 + 2] * v_17;
 acc_1 += arg0[i_2 + 34] * v_17;
 acc_2 += arg0[i_2 + 66] * v_17;
 acc_3 += arg0[i_2 + 98] * v_17;
 let v_22 = arg1[i_1 + 192];
 acc_0 += arg0[i_2 + 3] * v_22;
 acc_1 += arg0[i_2 + 35] * v_22;
 acc_2 += arg0[i_2 + 67] * v_22;
 acc_3 += arg0[i_2 + 99] * v_22;
 let i_23 = i_1 + 64 * row_thread + 2048 * i_0;
 out[i_23] = acc_0;
 out[i_23 + 512] = acc_1;
 out[i_23 + 1024] = acc_2;
 out[i_23 + 1536] = acc_3;
}
