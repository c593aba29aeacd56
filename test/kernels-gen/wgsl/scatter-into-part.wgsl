@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (81 + 63) / 64) { return; }
 let at = group * 64 + lane;
 let i_0 = min(at, 81 - 1);
 let i_1 = i32(u32(i_0) / u32(9));
 let o1 = i_0 - i_1 * 9;
 let i_3 = min(o1, 7 - 1);
 var acc = 0.0f;
 let f_5 = arg0[7 * min(i_1, 5 - 1) + i_3];
 if ((i_1 < 5) && (o1 < 7)) {
  acc += f_5;
 }
 if (at < 81) {
  out[at] = acc;
 }
}
