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
 let v_11 = vec2f(arg1[i_3], arg1[i_4]);
 acc_0 += arg0[i_5] * v_11;
 acc_1 += arg0[i_6] * v_11;
 out[8192 * i_5 + i_3] = acc_0.x;
 out[8192 * i_5 + i_4] = acc_0.y;
 out[8192 * i_6 + i_3] = acc_1.x;
 out[8192 * i_6 + i_4] = acc_1.y;
}
