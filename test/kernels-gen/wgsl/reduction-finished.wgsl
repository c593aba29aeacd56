@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 64 * group + lane;
 let i_1 = select(19, i_0, i_0 < 20);
 var acc = 0.0f;
 let i_3 = i_1 & 3;
 let i_4 = (i_1 >> 2) + 5 * i_3;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  acc += arg0[i_4 + 20 * k0];
 }
 let f_7 = arg1[i_3];
 if (i_0 < 20) {
  out[i_1] = acc + f_7;
 }
}
