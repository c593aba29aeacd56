@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc_0 = f32();
 let i_5 = 2 * ((group - i32(u32(group) / 1u) * 0) * 4 + (lane & 3));
 let f_6 = arg0[i_5];
 let f_7 = arg1[0];
 let f_8 = arg0[i_5 + 1];
 for (var k0 = 0; k0 < 2; k0 += 2) {
  acc_0 += f_6 * f_7;
  acc_0 += f_8 * f_7;
 }
 out[0] = acc_0;
}
