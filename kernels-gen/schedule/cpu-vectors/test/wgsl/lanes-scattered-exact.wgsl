enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / 4u);
 let col_tile = group - i_0 * 4;
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 let f_2 = arg0[lane + 8 * i_0];
 let i_3 = 16 * col_tile + lane;
 acc_0 = fma(f_2, arg1[i_3], acc_0);
 acc_1 = fma(f_2, arg1[i_3 + 8], acc_1);
 acc_0 = subgroupAdd(acc_0);
 acc_1 = subgroupAdd(acc_1);
 let i_6 = 2 * col_tile + 8 * i_0;
 if (lane < 1) {
  out[i_6] = acc_0;
  out[i_6 + 1] = acc_1;
 }
}
